import '@xyflow/react/dist/style.css'
import './styles.css'
import { send } from './api'
import { mountEditor } from './editor'
import { mountGraph } from './view'

declare global {
  interface Window {
    /** shared by the scripts of all pages */
    digitree?: Record<string, unknown>
  }
}

window.digitree = Object.assign(window.digitree ?? {}, { mountGraph })
for (const element of document.querySelectorAll<HTMLElement>('[data-editor]')) void mountEditor(element)
for (const element of document.querySelectorAll<HTMLElement>('[data-graph]')) {
  send('GET', element.dataset.graph ?? '').then(
    (menu) => mountGraph(element, menu),
    (error: Error) => (element.textContent = error.message),
  )
}
