// A coach's morning through the generated client: every name and type below comes from the document.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Task = components["schemas"]["TaskItem"];

export function client(baseUrl: string, token: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
}

/** The caller's active tasks, best first. */
export async function morning(api: ReturnType<typeof client>): Promise<Task[]> {
  const { data, error } = await api.GET("/api/xcx/tasks", { params: { query: { status: "active", pageSize: 50 } } });
  if (error) throw new Error(`${error.code}: ${error.message} (${error.requestId})`);
  return data.data.list;
}

/** Writes down what was said, for the task it was said about. */
export async function noteFor(api: ReturnType<typeof client>, task: Task, content: string): Promise<number> {
  const { data, error } = await api.POST("/api/xcx/notes", {
    body: { targetType: "member", targetId: task.customerId, content, taskId: task.id },
  });
  if (error) throw new Error(`${error.code}: ${error.message} (${error.requestId})`);
  return data.data.id;
}
