export { discoverInventory } from "./inventory.js";
export { type Assignment, type FailurePolicy, type Inventory, Scheduler, type Skip, type Task } from "./scheduler.js";
export { simulate } from "./simulate.js";
