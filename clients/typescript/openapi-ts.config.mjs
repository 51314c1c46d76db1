// One class with the operations in groups. Answers are given as they are, and refusals are thrown (src/digitree.ts).
export default {
  input: 'openapi.json',
  output: { path: 'src/generated', importFileExtension: '.js' },
  logs: { level: 'error' },
  plugins: [
    { name: '@hey-api/client-fetch', throwOnError: true },
    { name: '@hey-api/typescript' },
    { name: '@hey-api/sdk', responseStyle: 'data', operations: { strategy: 'single', containerName: 'Api' } },
  ],
}
