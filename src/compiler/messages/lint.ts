import { defineMessages } from "./define.js";

export const LINT = defineMessages({});
