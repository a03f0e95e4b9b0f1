/** Settings of a queue: their fields, changes with the difference, purge and deletion. */

export { Restorable } from './restorable.tsx';
export { SettingFields } from './setting-fields.tsx';
export { SettingsTab } from './settings-tab.tsx';
