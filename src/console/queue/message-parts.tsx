import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import type { SeenMessage } from '../../client/api.d.ts';
import { CopyButton, Moment, TabViews, To } from '../parts/index.ts';
import { bytesOf, bytesText, durationText, hexText, jsonText, lifeOf } from '../rules/index.ts';

/** Body, attributes, life and record of a message. All of it is data: nothing in it becomes part of the page. */
export function MessageParts({ message }: { readonly message: SeenMessage }) {
  const json = jsonText(message.body);
  return (
    <TabViews
      ariaLabel="Parts of the message"
      tabs={[
        ...(json === undefined ? [] : [{ id: 'json', label: 'JSON', content: <Text text={json} what="the JSON" /> }]),
        { id: 'text', label: 'Text', content: <Text text={message.body} what="the body" /> },
        { id: 'hex', label: 'Hex', content: <Text text={hexText(message.body)} what="the hex dump" /> },
        {
          id: 'attributes',
          label: `Attributes ${Object.keys(message.attributes).length}`,
          content: <Attributes message={message} />,
        },
        { id: 'life', label: 'Life', content: <Life message={message} /> },
        { id: 'raw', label: 'Raw', content: <Text text={JSON.stringify(message, undefined, 2)} what="the record" /> },
      ]}
    />
  );
}

function Text({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <>
      <div className="row">
        <span className="quiet">{bytesText(bytesOf(text))}</span>
        <CopyButton text={text} what={what} />
      </div>
      <pre className="body" tabIndex={0} aria-label={what} dir="ltr">
        {text}
      </pre>
    </>
  );
}

function Attributes({ message }: { readonly message: SeenMessage }) {
  const { attributes, receiveCount, body } = message;
  const own = Object.entries(attributes).map(([name, { type, value }]) => ({
    label: `${name} (${type})`,
    value: <span className="mono">{value}</span>,
  }));
  return (
    <KeyValuePairs
      columns={1}
      items={[
        ...own,
        { label: 'Receives', value: receiveCount },
        { label: 'Size of the body', value: bytesText(bytesOf(body)) },
      ]}
    />
  );
}

/** What is known of its life, in order, with the times between. */
function Life({ message }: { readonly message: SeenMessage }) {
  const { rewoundBy, deadLetteredFrom } = message;
  return (
    <>
      <ol className="life">
        {lifeOf(message).map(({ at, what, afterMs }) => (
          <li key={`${at} ${what}`}>
            <Moment at={at} isFull /> {what}
            {afterMs === undefined ? '' : <span className="quiet"> {durationText(afterMs)} later</span>}
          </li>
        ))}
      </ol>
      {rewoundBy === undefined ? undefined : <p>Brought back by the rewind {rewoundBy}.</p>}
      {deadLetteredFrom === undefined ? undefined : (
        <p>
          A dead letter of <To path={`/queues/${deadLetteredFrom.queue}`}>{deadLetteredFrom.queue}</To>: received more
          often than that queue allows.
        </p>
      )}
    </>
  );
}
