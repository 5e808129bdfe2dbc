  ;; Logs every callback with its arguments. The header `x-mode` chooses what it answers:
  ;; p pause until the end, c continue at headers, d deny at headers, b deny at the first piece,
  ;; e deny at the end but return Continue, f resume and Pause at the end, r answer in place of the
  ;; response head, s hold the response and answer at its end, t answer after the response head
  ;; left, g continue at headers and deny at the end, a edit the body at the end, h pause at headers for good, n answer without a body.
  (data (i32.const 0) "request_headers")
  (data (i32.const 32) "request_body")
  (data (i32.const 64) "request_trailers")
  (data (i32.const 96) "response_headers")
  (data (i32.const 128) "response_body")
  (data (i32.const 160) "response_trailers")
  (data (i32.const 192) "log")
  (data (i32.const 224) "done")
  (data (i32.const 256) "delete")
  (data (i32.const 288) "header-status")
  (data (i32.const 320) "body-read")
  (data (i32.const 352) "[")
  (data (i32.const 368) "]")
  (global $mode (mut i32) (i32.const 0))
  (func $is (param i32) (result i32) (i32.eq (global.get $mode) (local.get 0)))

  ;; Logs how a header get and a body get answer right now.
  (func $look
    (drop (call $read_mode))
    (call $say (i32.const 288) (i32.const 13) (global.get $header_status) (i32.const 0))
    (i32.store (i32.const 1028) (i32.const 77))
    (call $say (i32.const 320) (i32.const 9)
      (call $get_buffer (i32.const 0) (i32.const 0) (i32.const 100000000) (i32.const 1024) (i32.const 1028))
      (i32.load (i32.const 1028))))

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (call $say (i32.const 0) (i32.const 15) (local.get 1) (local.get 2))
    (global.set $mode (call $read_mode))
    (if (call $is (i32.const 100)) (then (call $deny) (return (i32.const 1))))
    (if (call $is (i32.const 110)) (then
      (drop (call $send (i32.const 204) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const -1)))
      (return (i32.const 1))))
    (if (call $is (i32.const 104)) (then (return (i32.const 1))))
    (if (call $is (i32.const 99)) (then (return (i32.const 0))))
    (if (call $is (i32.const 103)) (then (return (i32.const 0))))
    (i32.eqz (local.get 2)))

  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
    (call $say (i32.const 32) (i32.const 12) (local.get 1) (local.get 2))
    (call $look)
    (if (i32.eqz (local.get 2)) (then
      (if (call $is (i32.const 98)) (then (call $deny)))
      (return (i32.const 1))))
    (call $at_end))

  (func $at_end (result i32)
    (if (call $is (i32.const 101)) (then (call $deny) (return (i32.const 0))))
    (if (call $is (i32.const 103)) (then (call $deny) (return (i32.const 1))))
    (if (call $is (i32.const 102)) (then (drop (call $resume (i32.const 0))) (return (i32.const 1))))
    (if (call $is (i32.const 97)) (then
      (drop (call $set_buffer (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 352) (i32.const 1)))
      (drop (call $set_buffer (i32.const 0) (i32.const 1000000) (i32.const 0) (i32.const 368) (i32.const 1)))))
    (if (call $is (i32.const 104)) (then (return (i32.const 1))))
    (i32.const 0))

  (func (export "proxy_on_request_trailers") (param i32 i32) (result i32)
    (call $say (i32.const 64) (i32.const 16) (local.get 1) (i32.const 0))
    (call $look)
    (call $at_end))

  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (call $say (i32.const 96) (i32.const 16) (local.get 1) (local.get 2))
    (if (call $is (i32.const 114)) (then (call $deny) (return (i32.const 1))))
    (call $is (i32.const 115)))

  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (call $say (i32.const 128) (i32.const 13) (local.get 1) (local.get 2))
    (if (call $is (i32.const 116)) (then (call $deny) (return (i32.const 1))))
    (if (call $is (i32.const 115)) (then
      (if (local.get 2) (then (call $deny)))
      (return (i32.const 1))))
    (i32.const 0))

  (func (export "proxy_on_response_trailers") (param i32 i32) (result i32)
    (call $say (i32.const 160) (i32.const 17) (local.get 1) (i32.const 0))
    (i32.const 0))

  (func (export "proxy_on_log") (param i32)
    (drop (call $read_mode))
    (call $say (i32.const 192) (i32.const 3) (global.get $header_status) (i32.const 0)))
  (func (export "proxy_on_done") (param i32) (result i32)
    (call $say (i32.const 224) (i32.const 4) (i32.const 0) (i32.const 0)) (i32.const 1))
  (func (export "proxy_on_delete") (param i32)
    (call $say (i32.const 256) (i32.const 6) (i32.const 0) (i32.const 0)))
