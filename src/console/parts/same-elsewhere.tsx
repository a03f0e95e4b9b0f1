import ExpandableSection from '@cloudscape-design/components/expandable-section';
import { useConsole } from '../frame/index.ts';
import { type Action, cliLine, curlLine } from '../rules/index.ts';
import { CopyText } from './copy.tsx';

/** The command line and the API call that do the same. */
export function SameElsewhere({ action, isOpen = false }: { readonly action: Action; readonly isOpen?: boolean }) {
  const { place } = useConsole();
  return (
    <ExpandableSection headerText="The same by command line and API" defaultExpanded={isOpen} variant="footer">
      <CopyText text={cliLine(action.words, place)} what="the command line" />
      <CopyText text={curlLine(action.call, place)} what="the API call" />
    </ExpandableSection>
  );
}
