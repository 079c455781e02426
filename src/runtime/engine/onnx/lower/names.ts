/** Names in the graph: a feed and a state may share one in the program. */
export const graphNames = {
  feed: (name: string): string => `feed:${name}`,
  state: (name: string): string => `state:${name}`,
  buffer: (name: string): string => `buffer:${name}`,
  fetch: (name: string): string => `fetch:${name}`,
  update: (name: string): string => `update:${name}`,
  nextBuffer: (name: string): string => `next:${name}`,
};
