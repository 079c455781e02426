import { defineMessages } from "./define.js";

export const LATER = defineMessages({});
