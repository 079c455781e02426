import { defineMessages } from "./define.js";

export const OVERRIDES = defineMessages({});
