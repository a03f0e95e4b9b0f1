import Modal from '@cloudscape-design/components/modal';
import { KEYS } from './frame/index.ts';

/** The list of keys. */
export function KeyList({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal visible header="Keys" closeAriaLabel="Close" onDismiss={onClose}>
      <dl className="keys">
        {KEYS.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
