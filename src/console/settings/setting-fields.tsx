import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { ReactNode } from 'react';
import { type ParsedSettings, SETTING_HELP, type SettingTexts } from '../rules/index.ts';

interface SettingFieldsProps {
  readonly texts: SettingTexts;
  readonly errors: ParsedSettings['errors'];
  readonly onTexts: (texts: SettingTexts) => void;
  /** Names that can take dead letters. */
  readonly queues: readonly string[];
}

/** All settings of a queue, each with what a change does. */
export function SettingFields({ texts, errors, onTexts, queues }: SettingFieldsProps) {
  const set = (field: keyof SettingTexts) => (value: string) => onTexts({ ...texts, [field]: value });
  const input = (field: keyof SettingTexts) => (
    <Labelled field={field} error={errors[field]}>
      <Input value={texts[field]} onChange={({ detail }) => set(field)(detail.value)} spellcheck={false} />
    </Labelled>
  );
  return (
    <SpaceBetween size="m">
      {input('visibility')}
      {input('rewindable')}
      <Labelled field="deadLetter" error={errors.deadLetter}>
        <Autosuggest
          value={texts.deadLetter}
          options={queues.map((value) => ({ value }))}
          onChange={({ detail }) => set('deadLetter')(detail.value)}
          enteredTextLabel={(value) => `Use ${value}`}
          clearAriaLabel="Clear"
          empty="No queue"
        />
      </Labelled>
      {texts.deadLetter.trim() === '' ? undefined : input('maxReceives')}
      {input('delay')}
      {input('wait')}
      <Labelled field="tags" error={errors.tags}>
        <Textarea value={texts.tags} rows={2} onChange={({ detail }) => set('tags')(detail.value)} spellcheck={false} />
      </Labelled>
    </SpaceBetween>
  );
}

interface LabelledProps {
  readonly field: keyof SettingTexts;
  readonly error: string | undefined;
  readonly children: ReactNode;
}

function Labelled({ field, error, children }: LabelledProps) {
  const { label, help } = SETTING_HELP[field];
  return (
    <FormField label={label} description={help} errorText={error}>
      {children}
    </FormField>
  );
}
