;; A filter that does nothing: what the boundary between Envoy and a module costs.
(module
  (memory (export "memory") 16)
  (global $end (mut i32) (i32.const 1024))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "malloc") (param $bytes i32) (result i32)
    (local $start i32)
    (local.set $start (global.get $end))
    ;; What the host writes here is never read: after 512 KiB it begins anew.
    (global.set $end
      (i32.and (i32.add (i32.add (local.get $start) (local.get $bytes)) (i32.const 15)) (i32.const 0x7fff0)))
    (local.get $start))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_done") (param i32) (result i32) (i32.const 1))
  (func (export "proxy_on_log") (param i32))
  (func (export "proxy_on_delete") (param i32)))
