import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  checkPattern,
  epochMs,
  formatDateTime,
  fromEpochMs,
  parseDateTime,
  parseZone,
  rfc3339,
  toDateTime,
} from '../../src/core/datetime.ts'
import { RowError } from '../../src/core/errors.ts'

/** 2026-10-03T04:05:06Z, a Saturday */
const NOW = Date.UTC(2026, 9, 3, 4, 5, 6)

function read(text: string, zone = 'UTC', pattern?: string, nowMs: number | undefined = NOW): string | undefined {
  const found = parseDateTime(text, zone, pattern, nowMs)
  return found && rfc3339(found)
}

describe('every form of the fixed list is read', () => {
  const cases: Record<string, string> = {
    '2019': '2019-01-01T00:00:00Z',
    '2019-3': '2019-03-01T00:00:00Z',
    '2019-3-4': '2019-03-04T00:00:00Z',
    '2019-03-04': '2019-03-04T00:00:00Z',
    '2019-3-4 5': '2019-03-04T05:00:00Z',
    '2019-3-4 5:6': '2019-03-04T05:06:00Z',
    '2019-3-4 5:6:7': '2019-03-04T05:06:07Z',
    '2019-3-4 5:6:7.25': '2019-03-04T05:06:07.25Z',
    '3-4': '2026-03-04T00:00:00Z',
    '5:6:7': '2026-10-03T05:06:07Z',
    '5:6': '2026-10-03T05:06:00Z',
    '5': '2026-10-03T05:00:00Z',
    '5:6:7 Jan 3, 2019 CET': '2019-01-03T04:06:07Z',
    '2019-01-02 03:04:05.123456789 +0900 JST': '2019-01-01T18:04:05.123456789Z',
    '2019-01-02T03:04:05+0900': '2019-01-01T18:04:05Z',
    '2019-01-02T03:04:05+09': '2019-01-01T18:04:05Z',
    '2019.1.2': '2019-01-02T00:00:00Z',
    '2019.1.2 03:04:05': '2019-01-02T03:04:05Z',
    '2019.01.02 03:04:05.000000001': '2019-01-02T03:04:05.000000001Z',
    '1/2/2019': '2019-01-02T00:00:00Z',
    '1/2/2019 3:4:5': '2019-01-02T03:04:05Z',
    '2019/01/02': '2019-01-02T00:00:00Z',
    '2019/01/02 03:04:05': '2019-01-02T03:04:05Z',
    '20190102': '2019-01-02T00:00:00Z',
    'Mon Jan  2 15:04:05 2006': '2006-01-02T15:04:05Z',
    'Mon Jan  2 15:04:05 EST 2006': '2006-01-02T20:04:05Z',
    'Mon Jan 02 15:04:05 -0700 2006': '2006-01-02T22:04:05Z',
    '02 Jan 06 15:04 MST': '2006-01-02T22:04:00Z',
    '02 Jan 69 15:04 GMT': '1969-01-02T15:04:00Z',
    '02 Jan 06 15:04 -0700': '2006-01-02T22:04:00Z',
    'Monday, 02-Jan-06 15:04:05 MST': '2006-01-02T22:04:05Z',
    'Mon, 02 Jan 2006 15:04:05 GMT': '2006-01-02T15:04:05Z',
    'Mon, 02 Jan 2006 15:04:05 -0700': '2006-01-02T22:04:05Z',
    '2019-09-19T00:55:15Z': '2019-09-19T00:55:15Z',
    '2019-09-19T00:55:15.000Z': '2019-09-19T00:55:15Z',
    '2019-09-19T00:55:15.123456789+02:00': '2019-09-18T22:55:15.123456789Z',
    '3:04PM': '2026-10-03T15:04:00Z',
    '12:04AM': '2026-10-03T00:04:00Z',
    'Jan  2 15:04:05': '2026-01-02T15:04:05Z',
    'Jan 12 15:04:05.123456': '2026-01-12T15:04:05.123456Z',
    '2019-01-02T03:04:05': '2019-01-02T03:04:05Z',
  }
  for (const [text, expected] of Object.entries(cases)) {
    it(text, () => assert.equal(read(text), expected))
  }
})

describe('text that is no date and time is not read', () => {
  const texts = [
    '',
    'hello',
    '99',
    '1568854573431',
    '2019-13-01',
    '2019-00-01',
    '2019-02-29',
    '2100-02-29',
    '2019-04-31 00:00:00',
    '2019-01-00',
    '2019-01-01 24:00:00',
    '2019-01-01 00:60:00',
    '2019-01-01 00:00:60',
    '2019-09-19T00:55:1dd5Z',
    '2019-09-19T00:55:15+99:00',
    '2019-09-19T00:55:15Zoo',
    'Mon, 02 Jan 2006 15:04:05 XYZ',
    'Xxx, 02 Jan 2006 15:04:05 GMT',
    'Mon Xxx  2 15:04:05 2006',
    '13:04PM',
    '2019-01-01 00:00:00'.padEnd(200, ' '),
  ]
  for (const text of texts) {
    it(JSON.stringify(text).slice(0, 40), () => assert.equal(read(text), undefined))
  }
})

describe('the zone in force', () => {
  it('is that of a text that names none', () => {
    assert.equal(read('2026-07-01 12:00:00', 'Europe/Berlin'), '2026-07-01T12:00:00+02:00')
    assert.equal(read('2026-01-01 12:00:00', 'Europe/Berlin'), '2026-01-01T12:00:00+01:00')
  })
  it('shows an instant whose text names another zone', () => {
    assert.equal(read('2026-07-01T12:00:00Z', 'Asia/Tokyo'), '2026-07-01T21:00:00+09:00')
  })
  it('decides which day today is', () => {
    assert.equal(read('10:00', 'Pacific/Honolulu'), '2026-10-02T10:00:00-10:00')
  })
  it('names its own abbreviations first: CST is China time in Shanghai', () => {
    const text = 'Mon, 02 Jan 2006 15:04:05 CST'
    assert.equal(read(text, 'Asia/Shanghai'), '2006-01-02T15:04:05+08:00')
    assert.equal(read(text, 'UTC'), '2006-01-02T21:04:05Z')
  })
})

describe('summer time in Berlin', () => {
  it('a reading in the skipped hour is an hour later', () => {
    assert.equal(read('2026-03-29 01:59:59', 'Europe/Berlin'), '2026-03-29T01:59:59+01:00')
    assert.equal(read('2026-03-29 02:30:00', 'Europe/Berlin'), '2026-03-29T03:30:00+02:00')
    assert.equal(read('2026-03-29 03:00:00', 'Europe/Berlin'), '2026-03-29T03:00:00+02:00')
  })
  it('a reading in the repeated hour is the first of the two', () => {
    assert.equal(read('2026-10-25 02:30:00', 'Europe/Berlin'), '2026-10-25T02:30:00+02:00')
    assert.equal(read('2026-10-25 03:00:00', 'Europe/Berlin'), '2026-10-25T03:00:00+01:00')
  })
  it('both instants of the repeated hour are written with their own offset and abbreviation', () => {
    const first = fromEpochMs(Date.UTC(2026, 9, 25, 0, 30), 'Europe/Berlin')
    const second = fromEpochMs(Date.UTC(2026, 9, 25, 1, 30), 'Europe/Berlin')
    assert.equal(formatDateTime(first, 'HH:mm z XXX'), '02:30 CEST +02:00')
    assert.equal(formatDateTime(second, 'HH:mm z XXX'), '02:30 CET +01:00')
  })
})

describe('a given pattern', () => {
  const cases: Record<string, readonly [text: string, pattern: string, expected: string | undefined]> = {
    'comes before the list': ['02/01/2019', 'dd/MM/yyyy', '2019-01-02T00:00:00Z'],
    'that does not fit leaves the list': ['2019-01-02', 'dd/MM/yyyy', '2019-01-02T00:00:00Z'],
    'keeps quoted text': ['2019-09-19 at 18:55:15Z+07', "yyyy-MM-dd 'at' HH:mm:ss'Z'X", '2019-09-19T11:55:15Z'],
    'keeps quoted letters of the pattern': ['2019-09-23AT02:47:29', "yyyy-MM-dd'AT'HH:mm:ss", '2019-09-23T02:47:29Z'],
    'wants AM or PM for a': ['2019-09-23AT02:47:29', 'yyyy-MM-ddaHH:mm:ss', undefined],
    'keeps digits and words that are pieces of a Go date': ['v2 Jan 2019', "'v2 Jan' yyyy", '2019-01-01T00:00:00Z'],
    'reads names of months in any case': ['3 MARCH 2019', 'd MMMM yyyy', '2019-03-03T00:00:00Z'],
    'reads two-digit years around 1969': ['68-01-01', 'yy-MM-dd', '2068-01-01T00:00:00Z'],
    'reads a compact stamp with fraction': ['20190102030405678', 'yyyyMMddHHmmssSSS', '2019-01-02T03:04:05.678Z'],
    'reads ss.SSS although S has a dot of its own': [
      '2019-01-02 03:04:05.67',
      'yyyy-MM-dd HH:mm:ss.SSS',
      '2019-01-02T03:04:05.67Z',
    ],
    'reads noon and midnight': ['12:00 am 2019', 'h:mm a yyyy', '2019-01-01T00:00:00Z'],
    'reads Z where an offset stands': ['2019-01-02 Z', 'yyyy-MM-dd XXX', '2019-01-02T00:00:00Z'],
    'that is malformed is passed over': ['2019-01-02', 'yyy', '2019-01-02T00:00:00Z'],
    'with signs of regular expressions means the signs': ['(2019)', '(yyyy)', '2019-01-01T00:00:00Z'],
  }
  for (const [name, [text, pattern, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(read(text, 'UTC', pattern), expected))
  }
  it('without a date or year needs to know what now is', () => {
    assert.equal(parseDateTime('10:00', 'UTC'), undefined)
    assert.equal(parseDateTime('03-04', 'UTC'), undefined)
  })
})

describe('a value as an instant', () => {
  const of = (value: Parameters<typeof toDateTime>[0], zone = 'UTC') => rfc3339(toDateTime(value, zone))
  it('a number of either kind is milliseconds since 1970', () => {
    assert.equal(of(1568854573431), '2019-09-19T00:56:13.431Z')
    assert.equal(of(1568854573431n), '2019-09-19T00:56:13.431Z')
    assert.equal(of(1.9), '1970-01-01T00:00:00.001Z')
  })
  it('years before 1970 and far ahead work', () => {
    assert.equal(of(-1), '1969-12-31T23:59:59.999Z')
    assert.equal(of(-62167219200000), '0000-01-01T00:00:00Z')
    assert.equal(of('0050-01-01T00:00:00Z'), '0050-01-01T00:00:00Z')
    assert.equal(of(111568854573431), '5505-06-24T04:29:33.431Z')
    assert.equal(epochMs(toDateTime('1969-12-31 23:59:59.5', 'UTC')), -500)
  })
  it('a datetime keeps its own zone', () => {
    const tokyo = fromEpochMs(0, 'Asia/Tokyo')
    assert.equal(toDateTime(tokyo, 'UTC'), tokyo)
  })
  it('anything else fails the row', () => {
    for (const value of [true, null, 'no date', [1], { a: 1 }, Number.NaN, Infinity, 9e15, 10n ** 18n]) {
      assert.throws(
        () => toDateTime(value, 'UTC'),
        error => error instanceof RowError && /^cannot read .* as a date and time$/.test(error.message),
      )
    }
  })
})

describe('pattern letters write', () => {
  const at = toDateTime('2023-03-04T07:08:09.123456789Z', 'UTC')
  const cases: Record<string, string> = {
    'yyyy YYYY yy YY': '2023 2023 23 23',
    'M MM MMM MMMM': '3 03 Mar March',
    'd dd EEE EEEE': '4 04 Sat Saturday',
    'HH h hh a': '07 7 07 AM',
    'm mm s ss': '8 08 9 09',
    'ssS ssSSS ssSSSSSSSSS': '09.1 09.123 09.123456789',
    'ss.SSS': '09..123',
    'z Z X XX XXX G': 'UTC +0000 +00 +0000 +00:00 AD',
    "'text' '' \\H 'o''clock'": "text ' H o'clock",
    "yyyy'unclosed": '2023unclosed',
    "1 2 15 'Mon Jan PM MST'": '1 2 15 Mon Jan PM MST',
    T·W: 'T·W',
  }
  for (const [pattern, expected] of Object.entries(cases)) {
    it(pattern, () => assert.equal(formatDateTime(at, pattern), expected))
  }
  it('noon and midnight as 12', () => {
    assert.equal(formatDateTime(fromEpochMs(0, 'UTC'), 'h a'), '12 AM')
    assert.equal(formatDateTime(fromEpochMs(12 * 3_600_000, 'UTC'), 'h a'), '12 PM')
  })
  it('zones with and without a name of their own', () => {
    const zones = { 'America/New_York': 'EST', 'Europe/London': 'GMT', 'Asia/Tokyo': 'JST', 'Asia/Kathmandu': '+0545' }
    for (const [zone, name] of Object.entries(zones)) assert.equal(formatDateTime(fromEpochMs(1.7e12, zone), 'z'), name)
  })
})

describe('a malformed pattern', () => {
  for (const pattern of ['H', 'HHH', 'yyy', 'YYYYY', 'E', 'EE', 'EEEEE', 'MMMMM', 'ddd', 'XXXX', 'SSSSSSSSSS', 'aa']) {
    it(`${pattern} is named with what may stand there`, () => {
      assert.match(checkPattern(pattern) ?? '', /only "/)
      assert.throws(() => formatDateTime(fromEpochMs(0, 'UTC'), pattern), RowError)
    })
  }
  it('is none when its letters are quoted', () => assert.equal(checkPattern("'HHH' yyyy"), undefined))
})

describe('zones by name', () => {
  const cases: Record<string, string | undefined> = {
    UTC: 'UTC',
    'Europe/Berlin': 'Europe/Berlin',
    'asia/tokyo': 'Asia/Tokyo',
    'Etc/GMT+5': 'Etc/GMT+5',
    Unknown: undefined,
    '+08:00': undefined,
    '2020-01-01T00:00Z': undefined,
    '': undefined,
  }
  for (const [name, expected] of Object.entries(cases)) {
    it(JSON.stringify(name), () => assert.equal(parseZone(name), expected))
  }
  it('Local is the zone of the process', () => assert.equal(parseZone('Local'), Temporal.Now.timeZoneId()))
})

describe('whatever the instant and zone', () => {
  const zones = fc.constantFrom('UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Apia')
  // 1900 to 2200: before that, local mean times have seconds in their offset, which RFC 3339 cannot write.
  const instants = fc.bigInt({ min: -1000n * 86_400_000_000_000n, max: 84_000n * 86_400_000_000_000n })
  it('RFC 3339 is read back to the nanosecond', () => {
    fc.assert(
      fc.property(instants, zones, (nanos, zone) => {
        const at = new Temporal.ZonedDateTime(nanos, zone)
        assert.equal(parseDateTime(rfc3339(at), zone)?.epochNanoseconds, nanos)
      }),
    )
  })
  it('a full pattern is read back as it was written', () => {
    const pattern = "EEEE, d MMMM yyyy 'at' h:m:sSSSSSSSSS a XXX"
    fc.assert(
      fc.property(instants, zones, (nanos, zone) => {
        const at = new Temporal.ZonedDateTime(nanos, zone)
        assert.equal(parseDateTime(formatDateTime(at, pattern), zone, pattern)?.epochNanoseconds, nanos)
      }),
    )
  })
  it('the quick way and the list agree', () => {
    fc.assert(
      fc.property(instants, zones, (nanos, zone) => {
        const at = new Temporal.ZonedDateTime(nanos, zone)
        const quick = parseDateTime(formatDateTime(at, 'yyyy-MM-dd HH:mm:ss'), zone)
        const listed = parseDateTime(formatDateTime(at, 'yyyy.MM.dd HH:mm:ss'), zone)
        assert.equal(quick?.epochNanoseconds, listed?.epochNanoseconds)
      }),
    )
  })
})
