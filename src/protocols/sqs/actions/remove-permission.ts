import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { removeStatement } from '../policy.ts';
import { required, text } from '../shapes.ts';

export const removePermissionAction = queueAction({
  name: 'RemovePermission',
  right: 'manage',
  input: { Label: required(text) },
  async answer({ host }, name, { Label }) {
    await updateQueue(host.service, { name, settings: removeStatement(Label) });
    return undefined;
  },
});
