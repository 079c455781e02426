import { defineMessages } from "./define.js";

export const EXPERIMENTS = defineMessages({});
