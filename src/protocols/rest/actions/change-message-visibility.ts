import { changeVisibilityById } from '../../../engine/index.ts';
import { VISIBILITY_MS_MAX } from '../../../model/limits.ts';
import { action } from '../action.ts';
import { fields, wholeNumber } from '../fields.ts';
import { MessagePath, notFoundIn } from '../messages.ts';

export const changeMessageVisibilityAction = action({
  id: 'changeMessageVisibility',
  method: 'POST',
  path: '/queues/{name}/messages/{id}/visibility',
  summary: 'Hold one message in flight longer for its consumer, or end its lease: at once with 0; for a person',
  input: { path: MessagePath, body: fields({ visibilitySeconds: wholeNumber(0, VISIBILITY_MS_MAX / 1_000) }) },
  answers: { 200: fields({}) },
  refusals: ['conflict'],
  async answer({ service }, { path: { name, id }, body: { visibilitySeconds } }) {
    const visibilityMs = visibilitySeconds * 1_000;
    const searched = await changeVisibilityById(service, { queue: name, id, visibilityMs });
    if (searched !== undefined) throw notFoundIn(searched);
    return { status: 200, body: {} };
  },
});
