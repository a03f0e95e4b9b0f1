import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { nowMs } from '../browser/index.ts';
import { useConsole } from '../frame/index.ts';
import { isMessageId, isoTime, parseTime, TIME_EXAMPLES, TIME_WORDS } from '../rules/index.ts';
import type { MessageView } from './message-view.ts';

/** Goes to a time, or to a message by its id. */
export function Jump({ view }: { readonly view: MessageView }) {
  const { zone } = useConsole();
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const jump = () => {
    const given = text.trim();
    const ms = parseTime(given, { nowMs: nowMs(), zone });
    setWrong(false);
    if (given === '') view.set({ from: undefined });
    else if (isMessageId(given)) view.set({ id: given.toLowerCase() });
    else if (ms === undefined) setWrong(true);
    else view.set({ from: isoTime(ms), id: undefined });
  };
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        jump();
      }}
    >
      <span data-key="t" title={`A message id, or a time: ${TIME_EXAMPLES}`}>
        <Input
          value={text}
          onChange={({ detail }) => setText(detail.value)}
          placeholder="Time or message id"
          ariaLabel={`Go to a time (${TIME_WORDS[view.state].toLowerCase()}) or to the id of a message`}
          invalid={isWrong}
          spellcheck={false}
        />
      </span>
      <Button formAction="submit">Go</Button>
      {isWrong ? <span role="alert">Neither an id nor a time: {TIME_EXAMPLES}.</span> : undefined}
      {view.from === undefined ? undefined : (
        <Button formAction="none" onClick={() => view.set({ from: undefined })}>
          From the first on
        </Button>
      )}
    </form>
  );
}
