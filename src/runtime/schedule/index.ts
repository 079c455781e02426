export { type Inventory, type Place, planSlots, type SlotWish, withSlotsAtMost } from "./inventory.js";
export { type Assignment, type FailurePolicy, Scheduler, type Skip, type Task } from "./scheduler.js";
export { simulate } from "./simulate.js";
