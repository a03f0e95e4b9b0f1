/** What queues call with their messages. */

export { PushTab } from './push-tab.tsx';
