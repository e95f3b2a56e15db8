import { describe, expect, it } from 'vitest'
import { pictureType } from '@/model/pictures'

describe('FL6: the type of a picture', () => {
  it.each([
    ['a.png', 'image/png'],
    ['x/Photo.JPG', 'image/jpeg'],
    ['a.b.svg', 'image/svg+xml'],
    ['favicon.ico', 'image/x-icon'],
    ['png', null],
    ['a.png.html', null],
    ['a.pngx', null],
    ['constructor', null],
    ['a.constructor', null],
  ])('%s: %s', (path, type) => {
    expect(pictureType(path)).toBe(type)
  })
})
