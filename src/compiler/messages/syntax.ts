import { defineMessages } from "./define.js";

export const SYNTAX = defineMessages({});
