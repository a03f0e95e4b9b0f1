import { cancelRewind } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { RewindPath, RewindView, renderRewind } from '../rewind-view.ts';

export const cancelRewindAction = action({
  id: 'cancelRewind',
  method: 'DELETE',
  path: '/queues/{name}/rewinds/{id}',
  summary: 'Cancel a rewind, even for a day after its end, and take back what nobody has received',
  input: { path: RewindPath },
  answers: { 202: RewindView },
  refusals: ['conflict', 'notRunning'],
  async answer({ service }, { path: { name, id } }) {
    return { status: 202, body: renderRewind(await cancelRewind(service, name, id)) };
  },
});
