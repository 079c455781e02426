import { defineMessages } from "./define.js";

export const VALUES = defineMessages({});
