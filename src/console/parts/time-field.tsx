import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { nowMs } from '../browser/index.ts';
import { useConsole } from '../frame/index.ts';
import { fullTimeText, isoTime, parseTime, TIME_EXAMPLES } from '../rules/index.ts';
import { Choice } from './choice.tsx';

interface TimeFieldProps {
  readonly label: string;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** What an empty field means; without it the field must be filled. */
  readonly empty?: string;
}

/** An instant, typed as people write it; the field says what it understood, in both zones. */
export function TimeField({ label, text, onText, empty }: TimeFieldProps) {
  const { zone, setZone } = useConsole();
  const ms = parseTime(text, { nowMs: nowMs(), zone });
  const isWrong = text.trim() !== '' && ms === undefined;
  return (
    <FormField
      label={label}
      description={`${TIME_EXAMPLES}${empty === undefined ? '' : `; ${empty}`}`}
      errorText={isWrong ? 'This is no time.' : undefined}
      constraintText={ms === undefined ? undefined : `${fullTimeText(ms, 'local')}, ${isoTime(ms)}`}
      secondaryControl={
        <Choice
          label="Zone of times without one"
          value={zone}
          texts={{ local: 'Local', utc: 'UTC' }}
          onValue={setZone}
        />
      }
    >
      <span data-key="t">
        <Input value={text} onChange={({ detail }) => onText(detail.value)} placeholder="2h ago" spellcheck={false} />
      </span>
    </FormField>
  );
}
