'use strict'
// Promises that an AbortSignal ends early.

const native = require('../native.js')
const { describeValue } = require('./columns.js')

/** What a promise is rejected with when its signal aborts, as Node's own functions do. */
function abortError(signal) {
  const error = new Error('The operation was aborted', { cause: signal.reason })
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' })
}

/** Starts work that the signal cancels: the promise is rejected at once, and no result is kept. */
function abortable(signal, start) {
  return new Promise((resolve, reject) => {
    const cancel = new native.Cancel()
    const work = start(cancel)
    const abort = () => {
      cancel.cancel()
      reject(abortError(signal))
    }
    signal.addEventListener('abort', abort, { once: true })
    const done = () => signal.removeEventListener('abort', abort)
    work.then(resolve, reject).finally(done)
  })
}

/** The signal, and the options that the core reads. */
function withoutSignal(given) {
  if (given === null || typeof given !== 'object') return { options: given }
  const { signal, ...options } = given
  if (signal != null) checkSignal(signal)
  return { signal, options }
}

/** Refuses what is no signal, by what it can do: that of a library or of another realm is one too. */
function checkSignal(signal) {
  if (typeof signal === 'object' && typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function') return
  const expected = 'expected an AbortSignal, such as AbortSignal.timeout(1000) or the `signal` of an AbortController'
  throw Object.assign(new TypeError(`signal: ${expected}; got ${describeValue(signal)}`), { code: 'ERR_INVALID_ARG_TYPE' })
}

function throwIfAborted(signal) {
  if (signal?.aborted) throw abortError(signal)
}

module.exports = { abortable, throwIfAborted, withoutSignal }
