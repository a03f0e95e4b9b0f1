import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
// The bundler writes it beside the page.
// oxlint-disable-next-line import/no-unassigned-import
import './style.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(<App />);
