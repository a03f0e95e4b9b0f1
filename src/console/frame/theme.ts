import { useEffect } from 'react';
import { isMotionReduced } from '../browser/index.ts';
import { useSetting } from './console-state.tsx';

export type Theme = 'system' | 'light' | 'dark';
const DARK = '(prefers-color-scheme: dark)';

/** The classes by which the components are dark, and still. */
export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useSetting<Theme>('theme', 'system');
  useEffect(() => {
    const system = window.matchMedia(DARK);
    const apply = () => {
      const isDark = theme === 'dark' || (theme === 'system' && system.matches);
      document.body.classList.toggle('awsui-dark-mode', isDark);
      document.body.classList.toggle('awsui-motion-disabled', isMotionReduced());
    };
    apply();
    system.addEventListener('change', apply);
    return () => system.removeEventListener('change', apply);
  }, [theme]);
  return [theme, setTheme];
}
