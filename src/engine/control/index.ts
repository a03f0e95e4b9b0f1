/**
 * The controller: reads load, asks the plan, and changes routes.
 * It never touches a message.
 */

export { withAction } from './change-route.ts';
export { type ControlOptions, control } from './control.ts';
export { lookAtCells, lookAtRoute } from './look-at-routes.ts';
export { reportLoad } from './report-load.ts';
export { watchFeeds } from './watch-feeds.ts';
