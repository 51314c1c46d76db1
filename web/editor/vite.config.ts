import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const here = dirname(fileURLToPath(import.meta.url))

// Over the names and contents of all that the bundle is made of; tests/web/test_editor_build.py makes the same.
function sourceHash(): string {
  const hash = createHash('sha256')
  const sources = readdirSync(join(here, 'src')).filter((name) => !name.endsWith('.test.ts')).sort()
  for (const name of [...sources.map((name) => `src/${name}`), 'package-lock.json', 'vite.config.ts']) {
    hash.update(`${name}\0`)
    hash.update(readFileSync(join(here, name)))
  }
  return hash.digest('hex')
}

// One script and one style sheet with fixed names, served by us: no file is fetched from anywhere else.
export default defineConfig({
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    outDir: '../../admin/static',
    emptyOutDir: false,
    cssCodeSplit: false,
    // light-dark() is theirs; made older, it would not know the scheme that the pages set
    target: ['chrome123', 'firefox120', 'safari17.5'],
    reportCompressedSize: false,
    lib: { entry: 'src/main.tsx', name: 'digitreeEditor', formats: ['iife'], fileName: () => 'editor.js', cssFileName: 'editor' },
    rollupOptions: {
      output: { postBanner: `/* source ${sourceHash()} */` },
      // "use client" is for servers that render React
      onwarn: (warning, warn) => warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning),
    },
  },
})
