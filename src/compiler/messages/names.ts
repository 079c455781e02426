import { defineMessages } from "./define.js";

export const NAMES = defineMessages({});
