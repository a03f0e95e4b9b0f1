import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import { useRefusal } from '../frame/index.ts';

/** A button that changes something, or asks first. It tells a viewer whom to ask for the right. */
export function ActButton({ disabled = false, disabledReason, ...props }: ButtonProps) {
  const refusal = useRefusal();
  const reason = refusal ?? disabledReason;
  return (
    <Button
      {...props}
      disabled={disabled || refusal !== undefined}
      {...(reason === undefined ? {} : { disabledReason: reason })}
    />
  );
}
