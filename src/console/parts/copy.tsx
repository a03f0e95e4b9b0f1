import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

interface CopyProps {
  readonly text: string;
  /** What is copied, like `the id`. */
  readonly what: string;
}

const wordsOf = (what: string) => ({
  copyButtonAriaLabel: `Copy ${what}`,
  copySuccessText: `Copied ${what}`,
  copyErrorText: `The browser did not copy ${what}`,
});

export function CopyButton({ text, what }: CopyProps) {
  return <CopyToClipboard variant="icon" textToCopy={text} {...wordsOf(what)} />;
}

/** A text in fixed width with a button to copy it. */
export function CopyText({ text, what }: CopyProps) {
  return (
    <div className="copy-text">
      <pre tabIndex={0} aria-label={what}>
        {text}
      </pre>
      <CopyButton text={text} what={what} />
    </div>
  );
}
