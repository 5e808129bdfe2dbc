  ;; Imports, a bump allocator and a logger that every probe shares.
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $send (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $get_header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value" (func $set_header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $get_buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_buffer_bytes" (func $set_buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_continue_stream" (func $resume (param i32) (result i32)))
  (import "env" "proxy_get_shared_data" (func $get_shared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_shared_data" (func $set_shared (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_http_call" (func $http_call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_set_effective_context" (func $be (param i32) (result i32)))
  (import "env" "proxy_set_tick_period_milliseconds" (func $tick_every (param i32) (result i32)))
  (import "env" "proxy_define_metric" (func $define_metric (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_increment_metric" (func $increment (param i32 i64) (result i32)))
  (import "env" "proxy_set_property" (func $set_property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $get_property (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 32)
  (global $heap (mut i32) (i32.const 65536))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param $size i32) (result i32) (local $at i32)
    (local.set $at (global.get $heap))
    (global.set $heap
      (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (local.get $at))

  ;; Logs "<text> <a> <b>" with the numbers in eight digits.
  (func $say (param $text i32) (param $size i32) (param $a i32) (param $b i32)
    (memory.copy (i32.const 2048) (local.get $text) (local.get $size))
    (i32.store8 (i32.add (i32.const 2048) (local.get $size)) (i32.const 32))
    (call $digits (i32.add (i32.const 2049) (local.get $size)) (local.get $a))
    (i32.store8 (i32.add (i32.const 2057) (local.get $size)) (i32.const 32))
    (call $digits (i32.add (i32.const 2058) (local.get $size)) (local.get $b))
    (drop (call $log (i32.const 3) (i32.const 2048) (i32.add (i32.const 18) (local.get $size)))))
  (func $digits (param $at i32) (param $value i32) (local $digit i32)
    (local.set $digit (i32.const 7))
    (loop $next
      (i32.store8 (i32.add (local.get $at) (local.get $digit))
        (i32.add (i32.const 48) (i32.rem_u (local.get $value) (i32.const 10))))
      (local.set $value (i32.div_u (local.get $value) (i32.const 10)))
      (local.set $digit (i32.sub (local.get $digit) (i32.const 1)))
      (br_if $next (i32.ge_s (local.get $digit) (i32.const 0)))))

  ;; The first byte of the request header `x-mode`, which tells a probe what to do; 0 without one.
  (data (i32.const 4096) "x-mode")
  (global $header_status (mut i32) (i32.const 0))
  (func $read_mode (result i32)
    (global.set $header_status
      (call $get_header (i32.const 0) (i32.const 4096) (i32.const 6) (i32.const 1024) (i32.const 1028)))
    (if (result i32) (i32.eqz (global.get $header_status))
      (then (i32.load8_u (i32.load (i32.const 1024))))
      (else (i32.const 0))))

  ;; Answers 403 `denied`.
  (data (i32.const 4112) "denied")
  (func $deny
    (drop (call $send (i32.const 403) (i32.const 4112) (i32.const 6) (i32.const 4112) (i32.const 6)
      (i32.const 0) (i32.const 0) (i32.const -1))))
