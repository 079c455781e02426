import type { Json } from "./types.js";

export type Members = { readonly [name: string]: Json };

/** Whether it is an object with members: no array, no null. */
export function isMembers(value: Json | undefined): value is Members;
export function isMembers(value: unknown): value is { readonly [name: string]: unknown };
export function isMembers(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
