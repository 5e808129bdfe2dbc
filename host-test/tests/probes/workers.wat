  ;; Adds one to the number under `n` in shared data, retrying until its compare-and-swap wins, and
  ;; counts the tries in a metric. `x-mode: t` traps, `l` loops for ever, `m` grows its memory.
  (data (i32.const 0) "n")
  (data (i32.const 16) "tries")
  (data (i32.const 32) "grow")
  (data (i32.const 48) "count")
  (data (i32.const 64) "time")
  (global $tries (mut i32) (i32.const 0))

  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $define_metric (i32.const 0) (i32.const 16) (i32.const 5) (i32.const 1032)))
    (global.set $tries (i32.load (i32.const 1032)))
    (i32.const 1))

  (func $count (local $cas i32)
    (loop $again
      (drop (call $increment (global.get $tries) (i64.const 1)))
      (local.set $cas (i32.const 0))
      (i32.store (i32.const 1040) (i32.const 0))
      (if (i32.eqz (call $get_shared (i32.const 0) (i32.const 1) (i32.const 1024) (i32.const 1028) (i32.const 1036)))
        (then
          (local.set $cas (i32.load (i32.const 1036)))
          (i32.store (i32.const 1040) (i32.load (i32.load (i32.const 1024))))))
      (i32.store (i32.const 1040) (i32.add (i32.load (i32.const 1040)) (i32.const 1)))
      (br_if $again
        (call $set_shared (i32.const 0) (i32.const 1) (i32.const 1040) (i32.const 4) (local.get $cas)))))

  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (local $mode i32)
    (local.set $mode (call $read_mode))
    (if (i32.eq (local.get $mode) (i32.const 116)) (then (unreachable)))
    (if (i32.eq (local.get $mode) (i32.const 108)) (then (loop $for_ever (br $for_ever))))
    (if (i32.eq (local.get $mode) (i32.const 109))
      (then (call $say (i32.const 32) (i32.const 4) (i32.ne (memory.grow (i32.const 64)) (i32.const -1)) (i32.const 0))))
    (call $count)
    (drop (call $set_property (i32.const 48) (i32.const 5) (i32.const 1040) (i32.const 4)))
    (call $say (i32.const 48) (i32.const 5)
      (call $get_property (i32.const 48) (i32.const 5) (i32.const 1024) (i32.const 1028))
      (i32.load (i32.const 1028)))
    (i32.const 0))
