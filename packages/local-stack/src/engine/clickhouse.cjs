// ClickHouse's own server code from the npm engine: the main of `clickhouse local`, which can open the HTTP and native
// ports. It blocks this thread until its stdin ends, so it has a process of its own.
const { DataType, load, open } = require('ffi-rs')
const { libchdbPath } = require('chdb/libchdb')

open({ library: 'chdb', path: libchdbPath() })
open({ library: 'libc', path: process.platform === 'darwin' ? '/usr/lib/libSystem.B.dylib' : 'libc.so.6' })

const args = ['clickhouse', ...process.argv.slice(2)]
const result = load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.I64,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
})
const errorText = (retType) =>
  load({
    library: 'chdb',
    funcName: 'chdb_result_error',
    retType,
    paramsType: [DataType.I64],
    paramsValue: [result],
  })
// The pointer first: reading a null one as a string crashes.
const failed = !result || Boolean(errorText(DataType.I64))
if (failed) console.error(result ? errorText(DataType.String) : 'the engine gave no result')

// The engine's destructors crash under process.exit; the data is on disk already.
load({
  library: 'libc',
  funcName: '_exit',
  retType: DataType.Void,
  paramsType: [DataType.I32],
  paramsValue: [failed ? 1 : 0],
})
