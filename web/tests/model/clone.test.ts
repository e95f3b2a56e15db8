import { describe, expect, it } from 'vitest'
import { folderName } from '@/model/clone'

describe('folderName', () => {
  it('takes only what every shell takes as it is', () => {
    expect(folderName('Expression parser', 'x')).toBe('expression-parser')
    expect(folderName('Größe; rm -rf $(HOME) ', 'x')).toBe('gro-e-rm-rf-home')
  })

  it('falls back to the id', () => {
    expect(folderName('算法', 'k3v9')).toBe('k3v9')
    expect(folderName('--', 'k3v9')).toBe('k3v9')
  })
})
