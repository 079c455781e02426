import { defineMessages } from "./define.js";

export const DECLARATIONS = defineMessages({});
