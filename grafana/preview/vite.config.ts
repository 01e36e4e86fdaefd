import { cpSync } from 'node:fs';
import { resolve } from 'node:path';

import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const modules = resolve(import.meta.dirname, 'node_modules');

// @grafana/ui asks for icons and fonts at the places that they have in Grafana.
const assets: Record<string, string> = {
  '@grafana/ui/dist/public/img': 'build/img',
  // Icons that Grafana has in its application.
  '../app/icons': 'build/img/icons/unicons',
  '@fontsource/inter/files/inter-latin-400-normal.woff2': 'fonts/inter/Inter-Regular.woff2',
  '@fontsource/inter/files/inter-latin-500-normal.woff2': 'fonts/inter/Inter-Medium.woff2',
  '@fontsource/inter/files/inter-latin-400-italic.woff2': 'fonts/inter/Inter-Italic.woff2',
  '@fontsource/inter/files/inter-latin-500-italic.woff2': 'fonts/inter/Inter-MediumItalic.woff2',
  '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2':
    'fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2',
};

const copied: Plugin = {
  name: 'copied-assets',
  writeBundle(options) {
    for (const [from, to] of Object.entries(assets)) {
      cpSync(resolve(modules, from), resolve(options.dir ?? '', to), { recursive: true });
    }
  },
};

export default defineConfig({
  base: '/public/',
  plugins: [react(), copied],
  resolve: {
    alias: [
      // Editors of code, and maps: dashboards have none.
      { find: /^(monaco-editor|@monaco-editor\/react|ol)(\/.*)?$/, replacement: resolve(import.meta.dirname, 'app/absent.ts') },
      // Time zones of all times are a quarter of the script; these are of ten years.
      { find: /^moment-timezone$/, replacement: 'moment-timezone/builds/moment-timezone-with-data-10-year-range.js' },
    ],
  },
  build: { chunkSizeWarningLimit: 4000, modulePreload: { polyfill: false } },
});
