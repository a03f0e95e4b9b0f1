import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';

interface NameCheckProps {
  /** What must be typed. */
  readonly name: string;
  readonly typed: string;
  readonly onType: (text: string) => void;
}

/** Typed by hand before something that reaches many messages. */
export function NameCheck({ name, typed, onType }: NameCheckProps) {
  return (
    <FormField label={`Type ${name} to confirm`} constraintText="It must be the same, letter by letter.">
      <Input value={typed} onChange={({ detail }) => onType(detail.value)} autoComplete={false} spellcheck={false} />
    </FormField>
  );
}
