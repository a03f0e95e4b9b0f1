/** Shards and cells: where messages lie, how warm that is, and what the controller does about it. */

export { RouteTab } from './route-tab.tsx';
export { ShardsPage } from './shards-page.tsx';
