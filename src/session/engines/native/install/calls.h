// tfgraph's own part of the addon: tensors of every dtype straight from and to bytes, and calls whose ends are looked up
// once. `tfgraph native install` compiles it with the rest; an addon without it works too, with more work for each call.
#ifndef TFGRAPH_CALLS_H_
#define TFGRAPH_CALLS_H_

#include <node_api.h>
#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "tf_auto_status.h"
#include "tf_auto_tensor.h"
#include "tfjs_backend.h"
#include "utils.h"

namespace tfnodejs {

/** Entry point to what TFJSBackend keeps to itself. */
struct TfgraphCalls {
  /** A run of a session that is made again and again. */
  struct Call {
    int32_t session;
    std::vector<TF_Output> feeds, fetches;
    TF_Buffer *options;
    ~Call() { if (options) TF_DeleteBuffer(options); }
  };
  /** RunOptions{inter_op_thread_pool: -1}: every kernel runs in the thread that calls. */
  static constexpr const char kHere[] = "\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";

  static bool Throw(napi_env env, const std::string &text) {
    napi_throw_error(env, nullptr, text.c_str());
    return false;
  }
  static bool Args(napi_env env, napi_callback_info info, size_t want, napi_value *args) {
    size_t n = want;
    if (napi_get_cb_info(env, info, &n, args, nullptr, nullptr) != napi_ok || n < want) return Throw(env, "too few arguments");
    return true;
  }
  static TFJSBackend *Backend(napi_env env) {
    void *b = nullptr;
    if (napi_get_instance_data(env, &b) != napi_ok || !b) Throw(env, "the addon is gone");
    return static_cast<TFJSBackend *>(b);
  }
  static TFE_TensorHandle *Find(TFJSBackend *b, int32_t id) {
    auto at = b->tfe_handle_map_.find(id);
    return at == b->tfe_handle_map_.end() ? nullptr : at->second;
  }

  /** (dtype, shape, typed array) -> id. Copies; the array holds the elements as TensorFlow has them in memory. */
  static napi_value MakeTensor(napi_env env, napi_callback_info info) {
    napi_value args[3];
    TFJSBackend *const b = Backend(env);
    int32_t dtype;
    uint32_t rank;
    napi_typedarray_type kind;
    size_t length;
    void *data;
    if (!b || !Args(env, info, 3, args)) return nullptr;
    if (napi_get_value_int32(env, args[0], &dtype) != napi_ok || napi_get_array_length(env, args[1], &rank) != napi_ok ||
        napi_get_typedarray_info(env, args[2], &kind, &length, &data, nullptr, nullptr) != napi_ok) {
      Throw(env, "a dtype, a shape and a typed array are expected");
      return nullptr;
    }
    std::vector<int64_t> dims(rank);
    size_t bytes = TF_DataTypeSize(static_cast<TF_DataType>(dtype));
    for (uint32_t i = 0; i < rank; i++) {
      napi_value d;
      if (napi_get_element(env, args[1], i, &d) != napi_ok || napi_get_value_int64(env, d, &dims[i]) != napi_ok) return nullptr;
      bytes *= dims[i];
    }
    if (length * Width(kind) != bytes) {
      Throw(env, "the array has " + std::to_string(length * Width(kind)) + " bytes, the tensor " + std::to_string(bytes));
      return nullptr;
    }
    TF_AutoTensor t(TF_AllocateTensor(static_cast<TF_DataType>(dtype), dims.data(), rank, bytes));
    if (bytes > 0 && (!t.tensor || !TF_TensorData(t.tensor))) {
      Throw(env, "OOM when allocating a tensor of " + std::to_string(bytes) + " bytes");
      return nullptr;
    }
    if (bytes > 0) memcpy(TF_TensorData(t.tensor), data, bytes);
    return Keep(env, b, t.tensor);
  }
  static size_t Width(napi_typedarray_type t) {
    switch (t) {
      case napi_int16_array: case napi_uint16_array: return 2;
      case napi_int32_array: case napi_uint32_array: case napi_float32_array: return 4;
      case napi_float64_array: case napi_bigint64_array: case napi_biguint64_array: return 8;
      default: return 1;
    }
  }
  static napi_value Keep(napi_env env, TFJSBackend *b, TF_Tensor *t) {
    TF_AutoStatus status;
    TFE_TensorHandle *h = TFE_NewTensorHandle(t, status.status);
    napi_value id;
    if (TF_GetCode(status.status) != TF_OK) {
      Throw(env, TF_Message(status.status));
      return nullptr;
    }
    return napi_create_int32(env, b->InsertHandle(h), &id) == napi_ok ? id : nullptr;
  }

  /** (id) -> ArrayBuffer with a copy of the elements. */
  static napi_value TensorBytes(napi_env env, napi_callback_info info) {
    napi_value args[1], out;
    TFJSBackend *const b = Backend(env);
    int32_t id;
    if (!b || !Args(env, info, 1, args) || napi_get_value_int32(env, args[0], &id) != napi_ok) return nullptr;
    TFE_TensorHandle *h = Find(b, id);
    if (!h) {
      Throw(env, "no such tensor");
      return nullptr;
    }
    TF_AutoStatus status;
    TF_AutoTensor t(TFE_TensorHandleResolve(h, status.status));
    if (TF_GetCode(status.status) != TF_OK) {
      Throw(env, TF_Message(status.status));
      return nullptr;
    }
    void *data;
    const size_t bytes = TF_TensorByteSize(t.tensor);
    if (napi_create_arraybuffer(env, bytes, &data, &out) != napi_ok) return nullptr;
    if (bytes > 0) memcpy(data, TF_TensorData(t.tensor), bytes);
    return out;
  }

  /** (session, feeds, fetches, whether it runs in the calling thread) -> call. Names as in runSavedModel: `x:0,y:0`. */
  static napi_value PrepareCall(napi_env env, napi_callback_info info) {
    napi_value args[4], out;
    TFJSBackend *const b = Backend(env);
    bool here;
    std::string feeds, fetches;
    if (!b || !Args(env, info, 4, args)) return nullptr;
    std::unique_ptr<Call> call(new Call());
    if (napi_get_value_int32(env, args[0], &call->session) != napi_ok || GetStringParam(env, args[1], feeds) != napi_ok ||
        GetStringParam(env, args[2], fetches) != napi_ok || napi_get_value_bool(env, args[3], &here) != napi_ok) return nullptr;
    auto session = b->tf_savedmodel_map_.find(call->session);
    if (session == b->tf_savedmodel_map_.end()) {
      Throw(env, "no such session");
      return nullptr;
    }
    for (auto ends : {std::make_pair(&feeds, &call->feeds), std::make_pair(&fetches, &call->fetches)}) {
      for (size_t at = 0; at < ends.first->size();) {
        const size_t comma = std::min(ends.first->find(',', at), ends.first->size());
        const std::string name = ends.first->substr(at, comma - at);
        const size_t colon = name.find(':');
        TF_Operation *op = TF_GraphOperationByName(session->second.second, name.substr(0, colon).c_str());
        if (!op) {
          Throw(env, "no node '" + name + "'");
          return nullptr;
        }
        ends.second->push_back({op, colon == std::string::npos ? 0 : atoi(name.c_str() + colon + 1)});
        at = comma + 1;
      }
    }
    call->options = here ? TF_NewBufferFromString(kHere, sizeof(kHere) - 1) : nullptr;
    const auto drop = [](napi_env, void *p, void *) { delete static_cast<Call *>(p); };
    if (napi_create_external(env, call.get(), drop, nullptr, &out) != napi_ok) return nullptr;
    call.release();
    return out;
  }

  /** (call, ids of what is fed) -> for each fetch [id, ...shape]. */
  static napi_value RunCall(napi_env env, napi_callback_info info) {
    napi_value args[2], out;
    TFJSBackend *const b = Backend(env);
    void *p;
    uint32_t given;
    if (!b || !Args(env, info, 2, args)) return nullptr;
    if (napi_get_value_external(env, args[0], &p) != napi_ok || napi_get_array_length(env, args[1], &given) != napi_ok) {
      Throw(env, "a call and a list of tensors are expected");
      return nullptr;
    }
    Call *call = static_cast<Call *>(p);
    auto session = b->tf_savedmodel_map_.find(call->session);
    if (session == b->tf_savedmodel_map_.end() || given != call->feeds.size()) {
      Throw(env, session == b->tf_savedmodel_map_.end() ? "no such session" : "another number of tensors is fed than the call takes");
      return nullptr;
    }
    Tensors fed(given), fetched(call->fetches.size());
    TF_AutoStatus status;
    for (uint32_t i = 0; i < given; i++) {
      napi_value v;
      int32_t id;
      if (napi_get_element(env, args[1], i, &v) != napi_ok || napi_get_value_int32(env, v, &id) != napi_ok) return nullptr;
      TFE_TensorHandle *h = Find(b, id);
      if (!h) {
        Throw(env, "no such tensor");
        return nullptr;
      }
      fed.all[i] = TFE_TensorHandleResolve(h, status.status);
    }
    TF_SessionRun(session->second.first, call->options, call->feeds.data(), fed.all.data(), given, call->fetches.data(), fetched.all.data(),
                  fetched.all.size(), nullptr, 0, nullptr, status.status);
    if (TF_GetCode(status.status) != TF_OK) {
      Throw(env, TF_Message(status.status));
      return nullptr;
    }
    if (napi_create_array_with_length(env, fetched.all.size(), &out) != napi_ok) return nullptr;
    for (size_t i = 0; i < fetched.all.size(); i++) {
      TF_Tensor *t = fetched.all[i];
      napi_value one, v = Keep(env, b, t);
      const int rank = TF_NumDims(t);
      if (!v || napi_create_array_with_length(env, rank + 1, &one) != napi_ok) return nullptr;
      napi_set_element(env, one, 0, v);
      for (int k = 0; k < rank; k++) {
        napi_create_int64(env, TF_Dim(t, k), &v);
        napi_set_element(env, one, k + 1, v);
      }
      napi_set_element(env, out, i, one);
    }
    return out;
  }
  struct Tensors {
    std::vector<TF_Tensor *> all;
    explicit Tensors(size_t n) : all(n, nullptr) {}
    ~Tensors() { for (TF_Tensor *t : all) if (t) TF_DeleteTensor(t); }
  };
};

/** Entries for the table of the addon's exports. */
#define TFGRAPH_EXPORT(name, f) {name, nullptr, TfgraphCalls::f, nullptr, nullptr, nullptr, napi_default, nullptr}
#define TFGRAPH_EXPORTS \
  TFGRAPH_EXPORT("makeTensor", MakeTensor), TFGRAPH_EXPORT("tensorBytes", TensorBytes), TFGRAPH_EXPORT("prepareCall", PrepareCall), TFGRAPH_EXPORT("runCall", RunCall),

}  // namespace tfnodejs
#endif  // TFGRAPH_CALLS_H_
