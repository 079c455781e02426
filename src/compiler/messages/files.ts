import { defineMessages } from "./define.js";

export const FILES = defineMessages({});
