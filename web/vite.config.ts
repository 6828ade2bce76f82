/// <reference types="vitest/config" />
import adapter from '@sveltejs/adapter-static';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig, loadEnv } from 'vite';
import { groups } from './first-list.ts';
import { icons } from './icons.ts';
import pkg from './package.json' with { type: 'json' };

// The server's plugin serves this directory; the wheel carries it and Git does not.
const out = '../composia/builtin_plugins/web_ui/static';

// What `./dev web` develops against. To that server all looks as if its own page had asked.
const { COMPOSIA_SERVER: target = 'https://127.0.0.1:8443' } = loadEnv('', '.', 'COMPOSIA_');
const proxied = { target, secure: false, changeOrigin: true, headers: { origin: target } };

// The generated descriptors hold their bytes in base64, in which names that come again and again cannot be packed well.
const descriptors = {
  name: 'descriptors-as-text',
  transform(code: string, id: string) {
    if (!id.includes('/src/lib/gen/')) return;
    return code.replace(/fileDesc\("([^"]+)"/, (_, bytes: string) => `fileDesc(btoa(${JSON.stringify(atob(bytes))})`);
  }
};

export default defineConfig({
  plugins: [
    tailwindcss(),
    descriptors,
    icons,
    sveltekit({
      compilerOptions: { runes: true },
      adapter: adapter({ pages: out, assets: out, fallback: 'index.html', precompress: true, strict: true }),
      // Kit's own default is the time of the build, which would make every build differ.
      version: { name: pkg.version }
    })
  ],
  // These browsers know light-dark(); older targets would have it compiled away.
  build: { target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'] },
  environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups } } } } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
  server: { proxy: { '^/(composia[.]v1[.]|session$|ca[.]pem$)': proxied }, strictPort: true }
});
