/** Fields for the settings of a queue. */

export { SettingFields } from './setting-fields.tsx';
