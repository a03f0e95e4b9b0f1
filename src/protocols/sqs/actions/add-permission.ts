import { updateQueue } from '../../../engine/index.ts';
import { queueAction } from '../action.ts';
import { addStatement } from '../policy.ts';
import { list, required, text } from '../shapes.ts';

export const addPermissionAction = queueAction({
  name: 'AddPermission',
  right: 'manage',
  input: {
    Label: required(text),
    AWSAccountIds: required(list(text, 'AWSAccountId')),
    Actions: required(list(text, 'ActionName')),
  },
  async answer({ host }, name, { Label, AWSAccountIds, Actions }) {
    const statement = { label: Label, accounts: AWSAccountIds, actions: Actions };
    await updateQueue(host.service, { name, settings: addStatement(host, name, statement) });
    return undefined;
  },
});
