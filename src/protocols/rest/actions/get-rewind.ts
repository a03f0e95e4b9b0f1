import { getRewind } from '../../../engine/index.ts';
import { action } from '../action.ts';
import { RewindPath, RewindView, renderRewind } from '../rewind-view.ts';

export const getRewindAction = action({
  id: 'getRewind',
  method: 'GET',
  path: '/queues/{name}/rewinds/{id}',
  summary: 'See how far a rewind is',
  input: { path: RewindPath },
  answers: { 200: RewindView },
  async answer({ service }, { path: { name, id } }) {
    return { status: 200, body: renderRewind(await getRewind(service, name, id)) };
  },
});
