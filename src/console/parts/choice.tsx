import SegmentedControl from '@cloudscape-design/components/segmented-control';

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  /** The text of each value, in the order shown. */
  readonly texts: Readonly<Record<Value, string>>;
  readonly onValue: (value: Value) => void;
}

/** One of a few values, all of them in sight. */
export function Choice<Value extends string>({ label, value, texts, onValue }: ChoiceProps<Value>) {
  return (
    <SegmentedControl
      label={label}
      selectedId={value}
      options={Object.entries<string>(texts).map(([id, text]) => ({ id, text }))}
      onChange={({ detail }) => onValue(detail.selectedId as Value)}
    />
  );
}
