import './noEval';

import { createRoot } from 'react-dom/client';

import { App } from './App';
import { setUp } from './setup';

void setUp().then(() => createRoot(document.getElementById('root')!).render(<App />));
