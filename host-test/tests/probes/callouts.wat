  ;; Asks a cluster before it lets a request go on: 200 resumes, anything else denies. Ticks count.
  (data (i32.const 0) "policy")
  (data (i32.const 16) "tick")
  (data (i32.const 32) "call")
  (data (i32.const 48) "answer")
  (data (i32.const 64) ":status")
  ;; Three pairs in wire form: :method GET, :path /, :authority a.
  (data (i32.const 128) "\03\00\00\00\07\00\00\00\03\00\00\00\05\00\00\00\01\00\00\00\0a\00\00\00\01\00\00\00:method\00GET\00:path\00/\00:authority\00a\00")
  (global $stream (mut i32) (i32.const 0))
  (global $ticks (mut i32) (i32.const 0))

  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $tick_every (i32.const 1000)))
    (i32.const 1))
  (func (export "proxy_on_tick") (param i32)
    (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))
    (call $say (i32.const 16) (i32.const 4) (global.get $ticks) (i32.const 0)))

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $stream (local.get 0))
    (call $say (i32.const 32) (i32.const 4)
      (call $http_call (i32.const 0) (i32.const 6) (i32.const 128) (i32.const 62) (i32.const 0) (i32.const 2)
        (i32.const 0) (i32.const 0) (i32.const 500) (i32.const 1024))
      (i32.load (i32.const 1024)))
    (i32.const 1))

  ;; Without this the first piece of the body would let the held head go: no callback is Continue.
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 1))

  (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
    (call $say (i32.const 48) (i32.const 6) (local.get 2) (local.get 3))
    (if (i32.eqz (call $get_header (i32.const 6) (i32.const 64) (i32.const 7) (i32.const 1024) (i32.const 1028)))
      (then
        ;; "200" as a little-endian word, its third byte dropped.
        (if (i32.eq (i32.load16_u (i32.load (i32.const 1024))) (i32.const 0x3032))
          (then
            (drop (call $be (global.get $stream)))
            (drop (call $resume (i32.const 0)))
            (return)))))
    (drop (call $be (global.get $stream)))
    (call $deny))
