/** Pieces that several views use. */

export { ActButton } from './act-button.tsx';
export { ActionDialog } from './action-dialog.tsx';
export { Choice } from './choice.tsx';
export { CopyButton, CopyText } from './copy.tsx';
export { Count } from './count.tsx';
export { Failure } from './failure.tsx';
export { Moment } from './moment.tsx';
export { NameCheck } from './name-check.tsx';
export { SameElsewhere } from './same-elsewhere.tsx';
export { StateMark } from './state-mark.tsx';
export { TabViews } from './tab-views.tsx';
export { TableHead } from './table-head.tsx';
export { TimeField } from './time-field.tsx';
export { To } from './to.tsx';
export { type TableColumn, VirtualTable } from './virtual-table.tsx';
