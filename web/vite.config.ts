import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'

const server = 'http://127.0.0.1:8080'

/** Writes a `.gz` beside the text files of the build, for the server to send as they are; not index.html, which it fills in. */
function gzipSiblings(): Plugin {
  let folder = ''
  return {
    name: 'gzip-siblings',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir)
    },
    async writeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      for (const entry of entries) {
        if (!entry.isFile() || !/\.(js|css|svg|json|txt)$/.test(entry.name)) continue
        const path = join(entry.parentPath, entry.name)
        const packed = await promisify(gzip)(await readFile(path), { level: 9 })
        await writeFile(`${path}.gz`, packed)
      }
    },
  }
}

export default defineConfig({
  base: '/',
  plugins: [vue(), gzipSiblings()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  // Neither these pages nor the component library are written with the options API.
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false' },
  build: {
    outDir: '../server/code_together/static',
    assetsDir: 'assets',
    emptyOutDir: true,
    target: 'es2022',
    // All styles are small, and a part of a page that comes later is never without its own.
    cssCodeSplit: false,
  },
  server: {
    // The help is made of ../docs.
    fs: { allow: ['..'] },
    proxy: {
      '/api': { target: server, ws: true },
      '/git': server,
    },
  },
})
