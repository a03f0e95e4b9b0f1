import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs';

/** Tabs with names for the buttons that scroll them where the page is narrow. */
export function TabViews(props: TabsProps) {
  return <Tabs {...props} i18nStrings={{ scrollLeftAriaLabel: 'Earlier tabs', scrollRightAriaLabel: 'Later tabs' }} />;
}
