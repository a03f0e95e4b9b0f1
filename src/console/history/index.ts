/** What queues did and held in the past. */

export { Charts } from './charts.tsx';
export { UsagePage } from './usage-page.tsx';
