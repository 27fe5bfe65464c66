import { version } from 'qlower'
import { expect, test } from 'vitest'

test('the version is that of the package', async () => {
  const { default: about } = await import('qlower/package.json', { with: { type: 'json' } })
  expect(version).toBe(about.version)
})
